"""A filter of system calls for sandboxes, as classic BPF: what Docker refuses to containers without capabilities.

Everything refused here needs a privilege that no sandbox has, or widens what an attacker can reach in the kernel.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import Optional

LOAD, JUMP_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE = 0, 4

NEW_NAMESPACES = 0x7E020080  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET and TIME
SOCK_RAW, AF_PACKET, TIOCSTI, TIOCLINUX = 3, 17, 0x5412, 0x541C
X32 = 0x40000000

# name: (x86_64, aarch64); None where the architecture has no such call
REFUSED: dict[str, tuple[Optional[int], Optional[int]]] = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "vhangup": (153, 58),
    "syslog": (103, 116),
    "nfsservctl": (180, 42),
    "lookup_dcookie": (212, 18),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "fanotify_init": (300, 262),
    "move_pages": (279, 239),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
}
CALLS = {"clone": (56, 220), "unshare": (272, 97), "clone3": (435, 435), "socket": (41, 198), "ioctl": (16, 29)}
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def program(machine: str = platform.machine()) -> Optional[bytes]:
    """The filter for `bwrap --seccomp`, or None where the architecture is not known."""
    if machine not in ARCHITECTURES:
        return None
    column, audit = ARCHITECTURES[machine]
    lines = [
        _line(LOAD, ARCHITECTURE),
        _line(JUMP_EQUAL, audit, 1, 0),
        _line(RETURN, KILL_PROCESS),
        _line(LOAD, NUMBER),
    ]
    if machine == "x86_64":  # the numbers of the x32 interface would pass by all others
        lines += [_line(JUMP_SET, X32, 0, 1), _line(RETURN, ERRNO | errno.ENOSYS)]
    for numbers in REFUSED.values():
        number = numbers[column]
        if number is not None:
            lines += [_line(JUMP_EQUAL, number, 0, 1), _line(RETURN, ERRNO | errno.EPERM)]
    call = {name: numbers[column] for name, numbers in CALLS.items()}
    # Its flags are in memory, where a filter cannot look; the C library then takes clone.
    lines += [_line(JUMP_EQUAL, call["clone3"], 0, 1), _line(RETURN, ERRNO | errno.ENOSYS)]
    lines += _if_argument(call["clone"], 0, [(JUMP_SET, NEW_NAMESPACES)])
    lines += _if_argument(call["unshare"], 0, [(JUMP_SET, NEW_NAMESPACES)])
    lines += _if_argument(call["socket"], 0, [(JUMP_EQUAL, AF_PACKET)])
    lines += _if_raw(call["socket"])
    lines += _if_argument(call["ioctl"], 1, [(JUMP_EQUAL, TIOCSTI), (JUMP_EQUAL, TIOCLINUX)])
    lines.append(_line(RETURN, ALLOW))
    return b"".join(lines)


def _if_argument(number: int, argument: int, tests: list[tuple[int, int]]) -> list[bytes]:
    """Refuses a call if the low half of an argument passes any of the tests; leaves the call's number loaded."""
    body = [_line(LOAD, 16 + 8 * argument)]
    for operation, value in tests:
        body += [_line(operation, value, 0, 1), _line(RETURN, ERRNO | errno.EPERM)]
    body.append(_line(LOAD, NUMBER))
    return [_line(JUMP_EQUAL, number, 0, len(body)), *body]


def _if_raw(number: int) -> list[bytes]:
    """Refuses raw sockets: the type's low four bits say so, the others are flags."""
    body = [
        _line(LOAD, 16 + 8),
        _line(0x54, 0xF),  # and
        _line(JUMP_EQUAL, SOCK_RAW, 0, 1),
        _line(RETURN, ERRNO | errno.EPERM),
        _line(LOAD, NUMBER),
    ]
    return [_line(JUMP_EQUAL, number, 0, len(body)), *body]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
