package demo

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
)

//go:embed pages
var files embed.FS

// policy lets the demo's pages load and call nothing but this server.
const policy = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"

// pages is what the demo's address answers: its pages, what only the demo knows (who there is, what FCM hands to which
// phone), and for the rest the real server.
func pages(phones *phones, node string) http.Handler {
	own, err := fs.Sub(files, "pages")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	static := http.StripPrefix("/demo/", http.FileServerFS(own))
	mux := http.NewServeMux()
	for path, name := range map[string]string{"GET /{$}": "index.html", "GET /phone": "phone.html", "GET /counselor": "counselor.html"} {
		mux.HandleFunc(path, guarded(func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, own, name) }))
	}
	mux.HandleFunc("GET /demo/", guarded(static.ServeHTTP))
	mux.HandleFunc("GET /demo/people", guarded(phones.people))
	mux.HandleFunc("GET /demo/phones/{installation}", guarded(phones.watch))
	mux.Handle("/", &httputil.ReverseProxy{ErrorLog: silent(), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: node})
		r.Out.Host = r.In.Host
		r.Out.URL.RawQuery = r.In.URL.RawQuery // Go leaves out what it cannot read, which is for the server to refuse
		r.SetXForwarded()
	}})
	return mux
}

func guarded(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		handler(w, r)
	}
}

// person is somebody whom a page can be, with the token of their app.
type person struct {
	Name         string `json:"name"`
	Installation string `json:"installation"`
	Platform     string `json:"platform,omitempty"`
	Token        string `json:"token"`
}

// people says who there is, once the clinic has been told.
func (p *phones) people(w http.ResponseWriter, r *http.Request) {
	select {
	case <-p.told:
	case <-r.Context().Done():
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string][]person{}
	for _, phone := range p.all {
		all["clients"] = append(all["clients"], person{phone.name, phone.app.installation, phone.platform, phone.app.token})
	}
	for _, counselor := range p.counselors {
		all["counselors"] = append(all["counselors"], person{Name: counselor.name, Installation: counselor.installation, Token: counselor.token})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // a page that hung up is no fault
}
