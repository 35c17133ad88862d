package words

// The notice that goes with each disclosure made with a patient's written consent: 42 CFR §2.32(a)(1), in the words of the
// final rule of February 16, 2024 (89 FR 12472), which are the law's and not ours to improve.
const disclosureNotice = `This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2). ` +
	`These rules prohibit you from using or disclosing this record, or testimony that describes the information contained in this record, ` +
	`in any civil, criminal, administrative, or legislative proceedings by any Federal, State, or local authority, against the patient, ` +
	`unless authorized by the consent of the patient, except as provided at 42 CFR 2.12(c)(5) or as authorized by a court in accordance ` +
	`with 42 CFR 2.64 or 2.65. In addition, the Federal rules prohibit you from making any other use or disclosure of this record ` +
	`unless at least one of the following applies:

(i) Further use or disclosure is expressly permitted by the written consent of the individual whose information is being disclosed ` +
	`in this record or as otherwise permitted by 42 CFR part 2.

(ii) You are a covered entity or business associate and have received the record for treatment, payment, or health care operations, or

(iii) You have received the record from a covered entity or business associate as permitted by 45 CFR part 164, subparts A and E.

A general authorization for the release of medical or other information is NOT sufficient to meet the required elements of written ` +
	`consent to further use or redisclose the record (see 42 CFR 2.31).`

// disclosureNoticeInSpanish is a translation for who reads no English; the law knows the notice in English alone. Its
// reader is no user of the app but a home, a relative or an office: it says usted.
const disclosureNoticeInSpanish = `Este expediente que se le ha revelado está protegido por normas federales de ` +
	`confidencialidad (42 CFR Parte 2). ` +
	`Estas normas le prohíben usar o revelar este expediente, o dar testimonio que describa lo que contiene, en cualquier procedimiento ` +
	`civil, penal, administrativo o legislativo de cualquier autoridad federal, estatal o local contra el paciente, a menos que este ` +
	`lo autorice con su consentimiento, salvo lo dispuesto en 42 CFR 2.12(c)(5) o lo que autorice un tribunal conforme a 42 CFR 2.64 o 2.65. ` +
	`Además, las normas federales le prohíben cualquier otro uso o revelación de este expediente, a menos que se cumpla al menos una de ` +
	`estas condiciones:

(i) El consentimiento por escrito de la persona cuya información se revela en este expediente permite expresamente que se siga usando o ` +
	`revelando, o lo permite de otro modo 42 CFR Parte 2.

(ii) Usted es una entidad cubierta o un socio comercial y recibió el expediente para tratamiento, pago u operaciones de atención médica, o

(iii) Usted recibió el expediente de una entidad cubierta o de un socio comercial según lo permite 45 CFR Parte 164, subpartes A y E.

Una autorización general para entregar información médica o de otro tipo NO basta para cumplir con los elementos que debe tener el ` +
	`consentimiento por escrito para seguir usando o volver a revelar el expediente (consulte 42 CFR 2.31).`

// DisclosureNotice is the statement that has to go with whatever leaves the clinic (42 CFR §2.32(a)(1)), for a reader of a
// locale: always in the law's own English, and below it in their language. With it goes a copy of the consent, or a clear
// explanation of how far it reaches (§2.32(b)): the entry of the ledger is that.
func DisclosureNotice(locale string) string {
	if locale == spanish.Locale {
		return disclosureNotice + "\n\n" + disclosureNoticeInSpanish
	}
	return disclosureNotice
}
