package fcmtest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// htmlType and jsonType are the content types that Google's front ends send.
const (
	htmlType = "text/html; charset=UTF-8"
	jsonType = "application/json; charset=UTF-8"
)

// answer is one complete reply.
type answer struct {
	status      int
	code        string // FcmError.errorCode; empty on success and when a gateway answers
	contentType string
	retryAfter  string // seconds or an HTTP date; empty for no header
	body        []byte
}

// write sends the answer.
func (a *answer) write(w http.ResponseWriter) {
	header := w.Header()
	header["Content-Type"] = []string{a.contentType}
	header["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	if a.retryAfter != "" {
		header["Retry-After"] = []string{a.retryAfter}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a sender that hung up is none of the emulator's business
}

// success answers an accepted message with its name.
func success(project, id string) *answer {
	body := make([]byte, 0, 64+len(project)+len(id))
	body = append(body, "{\n  \"name\": \"projects/"...)
	body = append(body, project...)
	body = append(body, "/messages/"...)
	body = append(body, id...)
	body = append(body, "\"\n}\n"...)
	return &answer{status: http.StatusOK, contentType: jsonType, body: body}
}

// messageID looks like FCM's: "0:", a number, "%", hexadecimal digits.
func messageID(n int64) string {
	return "0:" + strconv.FormatInt(1_700_000_000_000_000+n, 10) + "%" + strconv.FormatInt(n, 16)
}

// googleError is the error body of every Google API (google.rpc.Status in JSON).
type googleError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  string `json:"status"`
	Details []any  `json:"details,omitempty"`
}

// fcmDetail is the one detail that the SDK's messaging.Is… functions look at.
type fcmDetail struct {
	Type      string `json:"@type"`
	ErrorCode string `json:"errorCode"`
}

// badRequestDetail names the fields at fault (google.rpc.BadRequest).
type badRequestDetail struct {
	Type            string      `json:"@type"`
	FieldViolations []violation `json:"fieldViolations"`
}

// violation is one field at fault.
type violation struct {
	Field       string `json:"field,omitempty"`
	Description string `json:"description"`
}

// errorInfoDetail is google.rpc.ErrorInfo, which gateways add.
type errorInfoDetail struct {
	Type     string            `json:"@type"`
	Reason   string            `json:"reason"`
	Domain   string            `json:"domain"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// quotaDetail is google.rpc.QuotaFailure, by which FCM says which limit was hit.
type quotaDetail struct {
	Type       string           `json:"@type"`
	Violations []quotaViolation `json:"violations"`
}

type quotaViolation struct {
	Subject     string `json:"subject"`
	Description string `json:"description"`
}

// canonical maps an HTTP status to google.rpc.Code's name.
var canonical = map[int]string{
	http.StatusBadRequest:          "INVALID_ARGUMENT",
	http.StatusUnauthorized:        "UNAUTHENTICATED",
	http.StatusForbidden:           "PERMISSION_DENIED",
	http.StatusNotFound:            "NOT_FOUND",
	http.StatusTooManyRequests:     "RESOURCE_EXHAUSTED",
	http.StatusInternalServerError: "INTERNAL",
	http.StatusServiceUnavailable:  "UNAVAILABLE",
	http.StatusGatewayTimeout:      "DEADLINE_EXCEEDED",
}

// refusal builds an error in Google's shape. code, when not empty, becomes the FcmError detail.
func refusal(status int, code, message string, details ...any) *answer {
	name := canonical[status]
	if name == "" {
		name = "UNKNOWN"
	}
	if code != "" {
		details = append([]any{fcmDetail{"type.googleapis.com/google.firebase.fcm.v1.FcmError", code}}, details...)
	}
	body, err := json.MarshalIndent(map[string]googleError{"error": {status, message, name, details}}, "", "  ")
	if err != nil {
		panic(err) // strings and ints only: cannot fail
	}
	return &answer{status: status, code: code, contentType: jsonType, body: append(body, '\n')}
}

// badRequest builds the detail that names one field.
func badRequest(field, description string) badRequestDetail {
	return badRequestDetail{"type.googleapis.com/google.rpc.BadRequest", []violation{{field, description}}}
}

// invalid is FCM's own 400: an argument that FCM itself looked at, INVALID_ARGUMENT in both places.
func invalid(field, message string) *answer {
	return refusal(http.StatusBadRequest, "INVALID_ARGUMENT", message, badRequest(field, message))
}

// gatewayRefusal is the 400 of the JSON gateway before FCM: it carries no FcmError detail, so that
// messaging.IsInvalidArgument is false for it (errorutils.IsInvalidArgument is true).
func gatewayRefusal(message, field string) *answer {
	return refusal(http.StatusBadRequest, "", message, badRequest(field, message))
}

// invalidRegistration refuses an address that is not well formed. field is "message.token" or "message.fid".
func invalidRegistration(field string) *answer {
	return refusal(http.StatusBadRequest, "INVALID_ARGUMENT",
		"The registration token is not a valid FCM registration token", badRequest(field, "Invalid registration token"))
}

// unregistered says that the app behind the registration is gone.
func unregistered() *answer {
	return refusal(http.StatusNotFound, "UNREGISTERED", "Requested entity was not found.")
}

// senderIDMismatch says that the registration belongs to another project.
func senderIDMismatch() *answer {
	return refusal(http.StatusForbidden, "SENDER_ID_MISMATCH", "SenderId mismatch")
}

// unauthenticated refuses a request without an OAuth token. No FcmError detail: it is our credential, not APNs'.
func unauthenticated() *answer {
	return refusal(http.StatusUnauthorized, "", "Request is missing required authentication credential. Expected OAuth 2 "+
		"access token, login cookie or other valid authentication credential. "+
		"See https://developers.google.com/identity/sign-in/web/devconsole-project.")
}

// foreignProject refuses a URL that names a project which the credential may not use; IAM answers, not FCM.
func foreignProject(project string) *answer {
	resource := "projects/" + project
	return refusal(http.StatusForbidden, "", "Permission 'cloudmessaging.messages.create' denied on resource "+
		"'//cloudresourcemanager.googleapis.com/"+resource+"' (or it may not exist).",
		errorInfoDetail{"type.googleapis.com/google.rpc.ErrorInfo", "IAM_PERMISSION_DENIED",
			"cloudresourcemanager.googleapis.com",
			map[string]string{"permission": "cloudmessaging.messages.create", "resource": resource}})
}

// htmlNotFound is what a mistyped URL or a proxy in the way answers: it says nothing about the registration.
func htmlNotFound() *answer {
	return &answer{status: http.StatusNotFound, contentType: htmlType, body: []byte("<!DOCTYPE html>\n<html lang=en>\n" +
		"<meta charset=utf-8>\n<title>Error 404 (Not Found)!!1</title>\n" +
		"<p><b>404.</b> <ins>That’s an error.</ins>\n<p>The requested URL was not found on this server.\n")}
}
