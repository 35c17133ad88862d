package models

import "time"

// Year is one of retention: none is longer, so that what is kept for seven of them is kept for seven at least.
const Year = 366 * 24 * time.Hour

// DefaultRetention is a year more than HIPAA asks of documentation (45 CFR §164.316(b)(2)(i)).
const DefaultRetention = 7 * Year
