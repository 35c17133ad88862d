package apitest

import (
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"
)

// Authenticator is the app on the phone of somebody of staff that makes one-time codes, by the world's clock.
type Authenticator struct {
	*World
	Secret        string
	RecoveryCodes []string
}

// Code is what the app shows now.
func (a *Authenticator) Code() string { return a.CodeIn(0) }

// CodeIn is what the app will have shown, or showed, so much later.
func (a *Authenticator) CodeIn(later time.Duration) string {
	a.T.Helper()
	code, err := totp.GenerateCode(a.Secret, a.Clock.Now().Add(later))
	if err != nil {
		a.T.Fatal(err)
	}
	return code
}

// BeginSecondFactor has this person begin to set up a second factor, which the app then shows codes of.
func (p *Person) BeginSecondFactor() *Authenticator {
	p.T.Helper()
	begun := p.Post("/v1/me/second-factor", Object{"password": Password}).Want(http.StatusCreated)
	return &Authenticator{World: p.World, Secret: begun.Text("secret")}
}

// SetUpSecondFactor gives this person a second factor. The code that proved it is used up: the clock moves on by a minute.
func (p *Person) SetUpSecondFactor() *Authenticator {
	p.T.Helper()
	app := p.SetUpInNoTime()
	p.Clock.Advance(time.Minute)
	return app
}

// SetUpInNoTime gives this person a second factor: the app's present code is used up.
func (p *Person) SetUpInNoTime() *Authenticator {
	p.T.Helper()
	app := p.BeginSecondFactor()
	codes, _ := p.Post("/v1/me/second-factor/confirm", Object{"one_time_code": app.Code()}).Want(http.StatusCreated).Object["recovery_codes"].([]any)
	for _, code := range codes {
		text, _ := code.(string)
		app.RecoveryCodes = append(app.RecoveryCodes, text)
	}
	return app
}
