package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"handrail/models"
)

// verifyAudit proves the audit log, against heads that were kept elsewhere where there are any.
func verifyAudit(ctx context.Context, c config, file *os.File, stdout io.Writer) error {
	var kept []models.AuditHead
	if file != nil {
		var err error
		kept, err = models.ReadAuditHeads(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("the heads cannot be read: %w", err)
		}
	}
	var report models.AuditReport
	err := withStore(ctx, c, func(store *models.Store) (err error) { report, err = store.VerifyAudit(ctx, kept); return err })
	if err != nil {
		return err
	}
	for _, broken := range report.Breaks {
		fmt.Fprintf(stdout, "BROKEN %s\n", broken)
	}
	fmt.Fprintf(stdout, "%d events hold, %d are not sealed yet.\n", report.Events, report.Unsealed)
	if len(report.Breaks) > 0 {
		return errors.New("the audit log was tampered with, or is an older one brought back from a backup")
	}
	if len(kept) == 0 {
		fmt.Fprintln(stdout, "Nothing was held against it: that the newest events are missing shows only with --heads.")
	}
	return nil
}

func auditHeads(ctx context.Context, c config, stdout io.Writer) error {
	return withStore(ctx, c, func(store *models.Store) error {
		heads, err := store.AuditHeads(ctx)
		for _, head := range heads {
			fmt.Fprintln(stdout, head)
		}
		return err
	})
}
