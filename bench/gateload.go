// Command gateload asks for one thing over and over, on connections that stay open, and writes one line of JSON: the
// median time in ms, and how many a second.
//
//	gateload -address 127.0.0.1:8000 -path /echo -shape get|post4k|stream1m|events|ws64|ws64k -c 10 -seconds 1
//
// events: the time until the first byte of the body is there. ws…: one binary message there and back.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

var (
	address = flag.String("address", "", "host:port")
	path    = flag.String("path", "/", "what to ask for")
	shape   = flag.String("shape", "get", "get, post4k, stream1m, events, ws64 or ws64k")
	width   = flag.Int("c", 1, "connections")
	seconds = flag.Float64("seconds", 1, "how long")
)

const timeout = 30 * time.Second

type client struct {
	conn net.Conn
	r    *bufio.Reader
}

func dial() (*client, error) {
	conn, err := net.DialTimeout("tcp", *address, timeout)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReaderSize(conn, 64<<10)}, nil
}

// exchange sends one request and reads its answer; the time is that until the first or the last byte of the body.
func (c *client) exchange(request []byte, length int, first bool) (time.Duration, error) {
	began := time.Now()
	_ = c.conn.SetDeadline(began.Add(timeout))
	if _, err := c.conn.Write(request); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != 200 || res.Close {
		return 0, fmt.Errorf("status %d, close %v", res.StatusCode, res.Close)
	}
	taken := time.Duration(0)
	got := 0
	if first {
		var one [1]byte
		n, err := io.ReadFull(res.Body, one[:])
		if err != nil {
			return 0, err
		}
		got, taken = n, time.Since(began)
	}
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil {
		return 0, err
	}
	if !first {
		taken = time.Since(began)
	}
	if got += int(n); length >= 0 && got != length {
		return 0, fmt.Errorf("%d bytes instead of %d", got, length)
	}
	return taken, nil
}

func (c *client) upgrade() error {
	_, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", *path, *address)
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(c.r, nil)
	if err == nil && res.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return err
}

// frame is a masked binary message; the mask is zero, which leaves the bytes as they are.
func frame(size int) []byte {
	head := []byte{0x82, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint64(head[2:], uint64(size))
	return append(head, make([]byte, size)...)
}

func (c *client) message(out []byte, size int) (time.Duration, error) {
	began := time.Now()
	_ = c.conn.SetDeadline(began.Add(timeout))
	if _, err := c.conn.Write(out); err != nil {
		return 0, err
	}
	var head [10]byte
	if _, err := io.ReadFull(c.r, head[:2]); err != nil {
		return 0, err
	}
	extended := map[byte]int{126: 2, 127: 8}[head[1]]
	if _, err := io.ReadFull(c.r, head[2:2+extended]); err != nil {
		return 0, err
	}
	length := int64(head[1])
	switch extended {
	case 2:
		length = int64(binary.BigEndian.Uint16(head[2:]))
	case 8:
		length = int64(binary.BigEndian.Uint64(head[2:]))
	}
	if head[0] != 0x82 || length != int64(size) {
		return 0, fmt.Errorf("another message came back: %x, %d bytes", head[0], length)
	}
	_, err := c.r.Discard(size)
	return time.Since(began), err
}

func request(method string, body int) []byte {
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n", method, *path, *address)
	if body > 0 {
		head += fmt.Sprintf("Content-Type: application/octet-stream\r\nContent-Length: %d\r\n", body)
	}
	return append([]byte(head+"\r\n"), make([]byte, body)...)
}

func once() (func(*client) (time.Duration, error), bool) {
	plain := func(out []byte, length int, first bool) (func(*client) (time.Duration, error), bool) {
		return func(c *client) (time.Duration, error) { return c.exchange(out, length, first) }, false
	}
	socket := func(size int) (func(*client) (time.Duration, error), bool) {
		out := frame(size)
		return func(c *client) (time.Duration, error) { return c.message(out, size) }, true
	}
	switch *shape {
	case "get":
		return plain(request("GET", 0), 0, false)
	case "post4k":
		return plain(request("POST", 4<<10), 4<<10, false)
	case "stream1m":
		return plain(request("GET", 0), 1<<20, false)
	case "events":
		return plain(request("GET", 0), -1, true)
	case "ws64":
		return socket(64)
	case "ws64k":
		return socket(64 << 10)
	}
	panic("unknown shape " + *shape)
}

func main() {
	flag.Parse()
	work, upgrade := once()
	clients := make([]*client, *width)
	for i := range clients {
		c, err := dial()
		if err == nil && upgrade {
			err = c.upgrade()
		}
		fail(err)
		clients[i] = c
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	all := []float64{}
	began := time.Now()
	stop := began.Add(time.Duration(*seconds * float64(time.Second)))
	for _, c := range clients {
		group.Add(1)
		go func() {
			defer group.Done()
			mine := []float64{}
			for time.Now().Before(stop) {
				taken, err := work(c)
				fail(err)
				mine = append(mine, taken.Seconds()*1e3)
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		}()
	}
	group.Wait()
	rate := float64(len(all)) / time.Since(began).Seconds()
	sort.Float64s(all)
	fail(json.NewEncoder(os.Stdout).Encode(map[string]float64{"p50": all[len(all)/2], "rate": rate}))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gateload:", strings.TrimSpace(err.Error()))
		os.Exit(1)
	}
}
