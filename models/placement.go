package models

import (
	"errors"
	"strings"
)

// placement is where a session takes place. It is sealed for the series, so that a session copies what its series says
// and a list opens it once.
type placement struct {
	Place, Link Sealed
	PlaceIndex  []byte
}

func (r seriesRow) placement() placement { return placement{r.Place, r.Link, r.PlaceIndex} }

func (r *seriesRow) setPlacement(p placement) {
	r.Place, r.Link, r.PlaceIndex = p.Place, p.Link, p.PlaceIndex
}

func (r *sessionRow) setPlacement(p placement) {
	r.Place, r.Link, r.PlaceIndex, r.Telehealth = p.Place, p.Link, p.PlaceIndex, p.Link != nil && p.Place == nil
}

func (r sessionRow) placement() placement { return placement{r.Place, r.Link, r.PlaceIndex} }

// with is a placement with what a change gives of another.
func (p placement) with(given placement, place, link bool) placement {
	if place {
		p.Place, p.PlaceIndex = given.Place, given.PlaceIndex
	}
	if link {
		p.Link = given.Link
	}
	return p
}

// placement seals a place and a link for a series, which the sealer is for.
func (s *sealer) placement(clinicID string, place, link *string) placement {
	p := placement{Place: s.optional(seriesPlace, place), Link: s.optional(seriesLink, link)}
	if place != nil {
		p.PlaceIndex = s.placeIndex(clinicID, *place)
	}
	return p
}

// placeIndex finds a place again, however its words were spaced and capitalized.
func (s *sealer) placeIndex(clinicID, place string) []byte {
	index, err := placeIndex(s.keys.ring.Load(), clinicID, place)
	s.err = errors.Join(s.err, err)
	return index
}

func placeIndex(r *keyring, clinicID, place string) ([]byte, error) {
	return r.index(indexPlace, clinicID+"|"+strings.ToLower(strings.Join(strings.Fields(place), " ")))
}

func (c *check) placement(place, link *string) {
	c.optionalText("place", place, 1, 200)
	if link != nil {
		c.link("link", *link)
	}
}
