// The page that shows a sandbox's screen. It works at <sandbox>/vnc/ and behind a server at <anything>/vnc/.
//   ?password=  the screen's password, the sandbox's token   view_only=1   look and do not touch
//   scale=0     the screen in its own size                   reconnect=0   do not connect again
import RFB from './usr/share/novnc/core/rfb.js';

const VNC_PASSWORD_LENGTH = 8; // VNC knows no longer one
const LONGEST_PAUSE = 15000; // ms
const given = new URLSearchParams(location.search);
const screen = document.getElementById('screen');
const told = document.getElementById('told');
let pause = 500;

function address() {
  const base = location.pathname.replace(/\/vnc\/[^/]*$/, '');
  const url = new URL(location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  // A desktop of the AgentScope wire has its WebSocket at its own address, the sandbox at /websockify.
  url.pathname = /\/desktop\/[^/]+(\/~[^/]+)?$/.test(base) ? base : base + '/websockify';
  url.search = '';
  for (const name of ['password', 'ticket']) {
    if (given.has(name)) url.searchParams.set(name, given.get(name));
  }
  url.hash = '';
  return url.href;
}

function connect() {
  const password = (given.get('password') || '').slice(0, VNC_PASSWORD_LENGTH);
  const rfb = new RFB(screen, address(), { shared: true, credentials: { password } });
  let refused = '';
  rfb.scaleViewport = given.get('scale') !== '0';
  rfb.viewOnly = given.get('view_only') === '1';
  rfb.addEventListener('connect', () => {
    pause = 500;
    told.textContent = '';
    document.documentElement.dataset.state = 'connected';
  });
  rfb.addEventListener('credentialsrequired', () => {
    const typed = prompt('Password of this screen (the sandbox\'s token)');
    rfb.sendCredentials({ password: (typed || '').slice(0, VNC_PASSWORD_LENGTH) });
  });
  rfb.addEventListener('securityfailure', (event) => {
    refused = event.detail.reason || 'the password is not the one of this sandbox';
  });
  rfb.addEventListener('desktopname', (event) => {
    document.title = event.detail.name;
  });
  rfb.addEventListener('disconnect', () => {
    document.documentElement.dataset.state = 'disconnected';
    if (refused || given.get('reconnect') === '0') {
      told.textContent = refused ? `Refused: ${refused}` : 'The connection ended';
      return;
    }
    told.textContent = 'The connection ended: connecting again';
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

connect();
