package api

import (
	"slices"
	"strings"
	"time"

	"handrail/models"
	"handrail/models/words"
)

// document lays a record out for people: each part with its heading, each field with what it is called in their language. Its
// rules are about names and values alone, so that what is added to a record tomorrow is on the page at once.
type document struct {
	root           node
	say            words.Export
	clock          words.Clock
	labels, values map[string]string
	zone           *time.Location // the client's
}

// recordPart is a part of the document; an entry is one thing, its lines are what there is to say of it.
type recordPart struct {
	Heading string
	Entries []recordEntry
}

type recordEntry struct {
	Heading string
	Lines   []recordLine
}

type recordLine struct {
	Label, Text string
	Entries     []recordEntry
}

// headed is what the page begins with; the rest of the record are its parts.
var headed = []string{"notice", "exported_at", "exported_by", "time_zone", "clinic"}

// forPrograms is what nobody reads: ids, versions, what leads to other answers, and what stands beside it in words or on the
// client's clock. The latest submission and review stand among all of them.
var forPrograms = []string{"id", "version", "position", "href", "tel", "subject", "lead", "leads", "leads_of", "state", "cause", "arrival", "fields", "template",
	"submission", "review", "due_at",
	"original_local_start", "presentation", "registration_kind", "gather_minutes", "daily_cap"}

func isForPrograms(key string) bool {
	return strings.HasSuffix(key, "_id") || slices.Contains(forPrograms, key)
}

// coded are the fields whose values are words of the API.
var coded = []string{"age_group", "answer", "days", "decision", "end_reason", "kind", "level", "locale", "permission", "platform", "prefers",
	"quiet_hours_mode", "reach", "relation", "role", "second_factor", "status", "time_zone_mode", "way"}

func newDocument(root node, language words.Language) (*document, error) {
	zone, err := time.LoadLocation(root.at("time_zone").text)
	say := language.Export
	return &document{root: root, say: say, clock: language.Clock, labels: say.Labels(), values: say.Values(), zone: zone}, err
}

// in is the document on the clock of another zone.
func (d *document) in(name string) *document {
	there := *d
	if zone, err := time.LoadLocation(name); err == nil { // else the zone data have lost it: the client's clock is as good
		there.zone = zone
	}
	return &there
}

func (d *document) title() string { return d.say.Title(d.root.at("client").at("name").text) }

func (d *document) made() string {
	return d.say.Made(d.root.at("exported_by").at("name").text, d.text("", d.root.at("exported_at")))
}

func (d *document) parts() (all []recordPart) {
	for _, m := range d.root.members {
		if slices.Contains(headed, m.key) {
			continue
		}
		all = append(all, recordPart{d.label(m.key), d.entries(m.node, nil)})
	}
	return all
}

func (d *document) label(key string) string {
	if label, known := d.labels[key]; known {
		return label
	}
	return key
}

// entries are an object, or those of a list. Fields are those of the template by which answers are read.
func (d *document) entries(n node, fields []node) (all []recordEntry) {
	if n.kind == '{' {
		return []recordEntry{d.entry(n, fields)}
	}
	for _, item := range n.items {
		if item.kind == '{' {
			all = append(all, d.entry(item, fields))
		}
	}
	return all
}

func (d *document) entry(n node, fields []node) recordEntry {
	if own := n.at("fields"); own.kind == '[' {
		fields = own.items
	}
	var e recordEntry
	for _, key := range []string{"title", "name"} {
		if e.Heading == "" {
			e.Heading = n.at(key).text
		}
	}
	scheduled := !n.at("starts_at").isEmpty() && !n.at("local_start").isEmpty() // it is told on its own clock
	for _, m := range n.members {
		switch {
		case m.isEmpty() || isForPrograms(m.key) || m.text != "" && m.text == e.Heading && (m.key == "title" || m.key == "name"):
		case m.key == "time_zone" && m.text == d.zone.String(), m.key == "local_start" && scheduled:
		case m.key == "starts_at" && scheduled:
			e.Lines = append(e.Lines, d.line("local_start", n.at("local_start"), nil))
		case m.key == "ends_at" && scheduled:
			e.Lines = append(e.Lines, recordLine{Label: d.label(m.key), Text: d.in(n.at("time_zone").text).text(m.key, m.node)})
		case m.key == "answers":
			e.Lines = append(e.Lines, d.answers(m.node, fields)...)
		default:
			if line := d.line(m.key, m.node, fields); line.Text != "" || len(line.Entries) > 0 {
				e.Lines = append(e.Lines, line)
			}
		}
	}
	return e
}

func (d *document) line(key string, n node, fields []node) recordLine {
	line := recordLine{Label: d.label(key)}
	switch n.kind {
	case '{':
		if name := n.at("name"); !name.isEmpty() && n.at("time_zone").isEmpty() { // a person
			line.Text = name.text
			return line
		}
		line.Entries = d.entries(n, fields)
	case '[':
		var texts []string
		for _, item := range n.items {
			if item.kind != '{' {
				texts = append(texts, d.text(key, item))
			}
		}
		line.Text, line.Entries = strings.Join(texts, ", "), d.entries(n, fields)
	default:
		line.Text = d.text(key, n)
	}
	line.Entries = slices.DeleteFunc(line.Entries, func(e recordEntry) bool { return e.Heading == "" && len(e.Lines) == 0 })
	return line
}

// answers are what the client wrote into the form of their homework, each under its question.
func (d *document) answers(n node, fields []node) (lines []recordLine) {
	for _, m := range n.members {
		line := recordLine{Label: m.key}
		var options, columns node
		for _, field := range fields {
			if field.at("key").text == m.key {
				line.Label, options, columns = field.at("label").text, field.at("options"), field.at("columns")
			}
		}
		chosen := func(n node) string {
			for _, option := range options.items {
				if option.at("key").text == n.text {
					return option.at("label").text
				}
			}
			return d.text("", n)
		}
		var texts []string
		for _, item := range append(m.items, m.node) {
			switch item.kind {
			case '{':
				line.Entries = append(line.Entries, recordEntry{Lines: d.answers(item, columns.items)})
			case '[':
			default:
				texts = append(texts, chosen(item))
			}
		}
		line.Text = strings.Join(texts, ", ")
		lines = append(lines, line)
	}
	return lines
}

// text is one value as people write it: times on the client's clock.
func (d *document) text(key string, n node) string {
	switch n.kind {
	case 't':
		return d.say.Yes()
	case 'f':
		return d.say.No()
	case '"':
		if slices.Contains(coded, key) {
			if value, known := d.values[n.text]; known {
				return value
			}
		}
		if at, err := models.ParseInstant(n.text); err == nil {
			local := at.Time().In(d.zone)
			return d.say.At(d.clock.Date(local), d.clock.Time(local))
		}
		if local, err := time.Parse("2006-01-02T15:04:05", n.text); err == nil {
			return d.say.At(d.clock.Date(local), d.clock.Time(local))
		}
		if day, err := time.Parse(time.DateOnly, n.text); err == nil {
			return d.clock.Date(day)
		}
	}
	return n.text
}
