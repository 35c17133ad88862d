package words

// Export is what a client's record is titled and labelled with where people read it on paper. What the fields of the record
// are called, and what the words mean that stand in them, are lists by the names that the API has for them.
type Export interface {
	Title(name string) string
	Made(by, date, clock string) string
	Clock(zone string) string
	Nothing() string
	Yes() string
	No() string
	Labels() map[string]string
	Values() map[string]string
}

type enExport struct{}

func (enExport) Title(name string) string { return "The record of " + name }
func (enExport) Made(by, date, clock string) string {
	return "Made by " + by + " on " + date + ", " + clock + "."
}
func (enExport) Clock(zone string) string {
	return "Times are on the clock of " + zone + " unless another one is named."
}
func (enExport) Nothing() string           { return "Nothing." }
func (enExport) Yes() string               { return "yes" }
func (enExport) No() string                { return "no" }
func (enExport) Labels() map[string]string { return map[string]string{} }
func (enExport) Values() map[string]string { return map[string]string{} }

type esExport struct{}

func (esExport) Title(name string) string { return "El expediente de " + name }
func (esExport) Made(by, date, clock string) string {
	return closed("Hecho por " + by + " el " + date + ", " + clock)
}
func (esExport) Clock(zone string) string {
	return "Las horas son las del reloj de " + zone + ", salvo que se nombre otro."
}
func (esExport) Nothing() string           { return "Nada." }
func (esExport) Yes() string               { return "sí" }
func (esExport) No() string                { return "no" }
func (esExport) Labels() map[string]string { return map[string]string{} }
func (esExport) Values() map[string]string { return map[string]string{} }
