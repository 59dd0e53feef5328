// SPDX-License-Identifier: LGPL-2.1-or-later

// A stack in Go gives its socket a descriptor that can be polled, without cgo: by the file /dev/vpoll, which is the module's, or that of `vpoll run` or `vpoll serve`.
// An application waits with epoll(7) for it beside a pipe.
// Run: go build -o /tmp/stack-go examples/pollable-socket/stack.go && npx vpoll run -- /tmp/stack-go
package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// A write(2) of 64 bits is a change: the operation above, the events below. Each open(2) of the file is a vpoll of its own.
const (
	add = 1
	del = 2
)

// What syscall calls EPOLLIN is an int.
const (
	in  = uint32(syscall.EPOLLIN)
	pri = uint32(syscall.EPOLLPRI)
)

type vpoll int

func (vp vpoll) ctl(op uint64, events uint32) {
	request := op<<32 | uint64(events)
	_, err := syscall.Write(int(vp), (*[8]byte)(unsafe.Pointer(&request))[:])
	must("write", err)
}

func must(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

// The stack's side of a socket.
type socket struct {
	vpoll
	messages, urgent chan string
	taken            chan bool
}

// A message has come: the descriptor shows it. Waits until the application has it.
func (s *socket) deliver(queue chan string, event uint32, text string) {
	queue <- text
	s.ctl(add, event)
	<-s.taken
}

// What recv(2) of this stack does: takes the message, and the descriptor shows it no more.
func (s *socket) receive(queue chan string, event uint32) string {
	text := <-queue
	s.ctl(del, event)
	s.taken <- true
	return text
}

func main() {
	path := "/dev/vpoll"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	// Not os.Open(): Go's runtime would poll the file for itself.
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	must(path, err)
	s := &socket{vpoll(fd), make(chan string, 1), make(chan string, 1), make(chan bool)}
	var pipe [2]int
	must("pipe", syscall.Pipe2(pipe[:], syscall.O_CLOEXEC))
	go func() {
		s.deliver(s.messages, in, "hello")
		s.deliver(s.urgent, pri, "stop")
		_, err := syscall.Write(pipe[1], []byte("!"))
		must("write", err)
	}()
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	must("epoll_create1", err)
	for fd, events := range map[int]uint32{fd: in | pri, pipe[0]: in} {
		event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
		must("epoll_ctl", syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &event))
	}
	for {
		var ready [1]syscall.EpollEvent
		n, err := syscall.EpollWait(epoll, ready[:], -1)
		if err == syscall.EINTR || n == 0 {
			continue
		}
		must("epoll_wait", err)
		if int(ready[0].Fd) == pipe[0] {
			break
		}
		if ready[0].Events&pri != 0 {
			fmt.Println("urgent:", s.receive(s.urgent, pri))
		}
		if ready[0].Events&in != 0 {
			fmt.Println("message:", s.receive(s.messages, in))
		}
	}
	fmt.Println("the pipe can be read")
	must("close", syscall.Close(fd))
}
