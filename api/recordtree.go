package api

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// node is a JSON value whose members keep the order in which they stand.
type node struct {
	kind    byte // of JSON: { [ " 0 (a number) t f n
	text    string
	members []member
	items   []node
}

type member struct {
	key string
	node
}

func parse(text []byte) (node, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return parseNext(decoder)
}

func parseNext(d *json.Decoder) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch value := token.(type) {
	case json.Delim:
		return parseRest(d, byte(value))
	case string:
		return node{kind: '"', text: value}, nil
	case json.Number:
		return node{kind: '0', text: value.String()}, nil
	case bool:
		return node{kind: fmt.Sprint(value)[0]}, nil
	}
	return node{kind: 'n'}, nil
}

// parseRest reads what is within an object or a list, and its end.
func parseRest(d *json.Decoder, kind byte) (node, error) {
	n := node{kind: kind}
	for d.More() {
		key := ""
		if kind == '{' {
			name, err := d.Token()
			if err != nil {
				return n, err
			}
			key, _ = name.(string)
		}
		value, err := parseNext(d)
		if err != nil {
			return n, err
		}
		if kind == '{' {
			n.members = append(n.members, member{key, value})
		} else {
			n.items = append(n.items, value)
		}
	}
	_, err := d.Token()
	return n, err
}

// at is a member of an object; one that is not there is null.
func (n node) at(key string) node {
	for _, m := range n.members {
		if m.key == key {
			return m.node
		}
	}
	return node{kind: 'n'}
}

// isEmpty says that there is nothing to read in it.
func (n node) isEmpty() bool {
	return n.kind == 'n' || n.kind == '[' && len(n.items) == 0 || n.kind == '{' && len(n.members) == 0 || n.kind == '"' && n.text == ""
}
