package modelstest

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// BehindIce is the same PostgreSQL database, reached through something that passes everything on until it is frozen: then
// nothing is answered and no connection is closed either, as when a machine behind a firewall has gone.
func (db DB) BehindIce(t testing.TB) (through DB, freeze func()) {
	t.Helper()
	address, err := url.Parse(db.URL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	i := ice{server: address.Host, frozen: make(chan struct{})}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go i.pass(client)
		}
	}()
	address.Host = listener.Addr().String()
	db.URL = address.String()
	return db, sync.OnceFunc(func() { close(i.frozen) })
}

type ice struct {
	server string
	frozen chan struct{}
}

func (i ice) pass(client net.Conn) {
	server, err := net.Dial("tcp", i.server)
	if err != nil {
		_ = client.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { i.copy(server, client) })
	both.Go(func() { i.copy(client, server) })
	both.Wait()
}

func (i ice) copy(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case <-i.frozen: // read and never passed on
		default:
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}
