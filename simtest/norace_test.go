//go:build !race

package simtest

const seedsOfCI = 200
