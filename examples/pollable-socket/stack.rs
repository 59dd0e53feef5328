// SPDX-License-Identifier: LGPL-2.1-or-later

// A stack in Rust gives its socket a descriptor that can be polled: by libvpoll, whose functions are C's. An application waits with poll(2) for it beside a pipe.
// Run: rustc -o /tmp/stack-rs examples/pollable-socket/stack.rs && /tmp/stack-rs

use std::io::{Error, Read, Write};
use std::os::raw::{c_int, c_ulong};
use std::os::unix::io::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;

#[link(name = "vpoll")]
extern "C" {
    fn vpoll_create(init_events: u32, flags: c_int) -> c_int;
    fn vpoll_ctl(fd: c_int, op: c_int, events: u32) -> c_int;
    fn vpoll_close(fd: c_int) -> c_int;
}

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: i16,
    revents: i16,
}

extern "C" {
    fn poll(fds: *mut PollFd, count: c_ulong, timeout_ms: c_int) -> c_int;
}

const FD_CLOEXEC: c_int = 1;
const ADD: c_int = 1;
const DEL: c_int = 2;
const IN: u32 = 1;
const PRI: u32 = 2;

fn check(status: c_int) -> Result<c_int, Error> {
    if status < 0 { Err(Error::last_os_error()) } else { Ok(status) }
}

/// A descriptor whose events this program decides.
struct VPoll(c_int);

impl VPoll {
    fn create() -> Result<VPoll, Error> {
        check(unsafe { vpoll_create(0, FD_CLOEXEC) }).map(VPoll)
    }

    fn ctl(&self, op: c_int, events: u32) -> Result<(), Error> {
        check(unsafe { vpoll_ctl(self.0, op, events) }).map(|_| ())
    }
}

impl Drop for VPoll {
    fn drop(&mut self) {
        unsafe { vpoll_close(self.0) };
    }
}

/// The stack's side: sends a message, shows it, and waits until the application has it.
fn deliver(vp: &VPoll, event: u32, queue: &Sender<&'static str>, taken: &Receiver<()>, text: &'static str) {
    queue.send(text).unwrap();
    vp.ctl(ADD, event).unwrap();
    taken.recv().unwrap();
}

fn main() -> Result<(), Error> {
    let vp = VPoll::create()?;
    let (mut reader, mut writer) = UnixStream::pair()?;
    let (message, messages) = channel();
    let (urgent, urgents) = channel();
    let (take, taken) = channel();
    thread::scope(|scope| {
        let stack = &vp;
        scope.spawn(move || {
            deliver(stack, IN, &message, &taken, "hello");
            deliver(stack, PRI, &urgent, &taken, "stop");
            writer.write_all(b"!").unwrap();
        });
        let mut fds = [
            PollFd { fd: vp.0, events: (IN | PRI) as i16, revents: 0 },
            PollFd { fd: reader.as_raw_fd(), events: IN as i16, revents: 0 },
        ];
        while fds[1].revents == 0 {
            check(unsafe { poll(fds.as_mut_ptr(), fds.len() as c_ulong, -1) })?;
            for (event, name, queue) in [(PRI, "urgent", &urgents), (IN, "message", &messages)] {
                if fds[0].revents as u32 & event != 0 {
                    // What recv(2) of this stack does: takes the message, and the descriptor shows it no more.
                    println!("{}: {}", name, queue.recv().unwrap());
                    vp.ctl(DEL, event)?;
                    take.send(()).unwrap();
                }
            }
        }
        println!("the pipe can be read");
        reader.read_exact(&mut [0])
    })
}
