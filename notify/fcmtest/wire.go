package fcmtest

import (
	"io"
	"net"
)

// tapped is a listener whose connections copy what they are sent.
type tapped struct {
	net.Listener
	to io.Writer
}

func (l tapped) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return tappedConn{conn, l.to}, err
}

type tappedConn struct {
	net.Conn
	to io.Writer
}

func (c tappedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	_, _ = c.to.Write(p[:n])
	return n, err
}
