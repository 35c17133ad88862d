//go:build race

package simtest

// seedsOfCI are fewer where the race detector watches: it makes them many times slower, and what it looks for shows soon.
const seedsOfCI = 12
