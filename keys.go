package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"handrail/models"
)

type keysRewrap struct {
	To string `required:"" placeholder:"FILE" help:"The file of the master key to put them under."`
}

// masterKey loads the master key, or makes one where there is no record yet that another one could belong to. A cloud KMS
// takes its place here: another models.MasterKey, whose AEAD asks the KMS.
func masterKey(ctx context.Context, c config) (models.MasterKey, error) {
	loaded, err := models.LoadMasterKey(c.masterKey)
	if !errors.Is(err, os.ErrNotExist) {
		return loaded, err
	}
	empty, err := models.Inspect(ctx, c.databaseURL)
	if err != nil {
		return loaded, fmt.Errorf("the database cannot be used: %w", err)
	}
	if !empty {
		return loaded, fmt.Errorf("there is no master key at %s, and this database was made with one: put it back there, or point HANDRAIL_MASTER_KEY at it", c.masterKey)
	}
	return makeMasterKey(c.masterKey)
}

// makeMasterKey makes a master key, unless another node was faster.
func makeMasterKey(path string) (models.MasterKey, error) {
	if err := models.CreateMasterKey(path); err != nil && !errors.Is(err, os.ErrExist) {
		return models.MasterKey{}, fmt.Errorf("a master key cannot be made: %w", err)
	}
	return models.LoadMasterKey(path)
}

func showKeys(ctx context.Context, c config, stdout io.Writer) error {
	return withStore(ctx, c, func(store *models.Store) error {
		keys, err := store.Keyset(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "The record is sealed with the keys %s, under the master key %s.\n", keys.Fingerprint, keys.Master)
		for _, key := range keys.Sealing {
			use := "older"
			if key.Primary {
				use = "in use"
			}
			fmt.Fprintf(stdout, "  key %-10s  %-6s  %d values\n", key.ID, use, key.Values)
		}
		if keys.Rotating {
			fmt.Fprintln(stdout, "A rotation is not finished: run handrail keys rotate, which goes on with it.")
		}
		return nil
	})
}

// rotateKeys makes a new key, unless a rotation is under way, and seals everything with it.
func rotateKeys(ctx context.Context, c config, stdout io.Writer) error {
	return withStore(ctx, c, func(store *models.Store) error { return rotate(ctx, store, stdout) })
}

func rotate(ctx context.Context, store *models.Store, stdout io.Writer) error {
	rotation, err := store.BeginRotation(ctx)
	if err == nil {
		fmt.Fprintf(stdout, "Older keys deleted: %d. What is written from now on is sealed with the key in use; the rest follows.\n", rotation.Deleted)
	}
	for err == nil && !rotation.Finished {
		if rotation, err = store.Reseal(ctx); err == nil && rotation.Resealed > 0 {
			fmt.Fprintf(stdout, "Sealed anew: %d values.\n", rotation.Resealed)
		}
		if err == nil && !rotation.Finished { // other nodes may write with the key before for as long
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-time.After(models.KeysLease):
			}
		}
	}
	if err != nil {
		return err
	}
	if rotation.Unreadable > 0 {
		fmt.Fprintf(stdout, "Values that do not open, and stay as they are: %d. The log names them.\n", rotation.Unreadable)
	}
	fmt.Fprintln(stdout, "The rotation is finished. The key before stays at hand for slow nodes; a later rotation deletes it.")
	return nil
}

func reindex(ctx context.Context, c config, stdout io.Writer) error {
	o, err := options(ctx, c)
	if err != nil {
		return err
	}
	done, err := models.Reindex(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, `Emails, registrations and places are found by a new key: %d.
Void since then: %d open enrolment codes (give new ones), counts of wrong attempts, cursors (apps read their lists and the
feed anew), and what phones say of pushes that were sent before.
`, done.Indexes, done.Codes)
	return nil
}

func rewrapKeys(ctx context.Context, c config, in keysRewrap, stdout io.Writer) error {
	return withStore(ctx, c, func(store *models.Store) error {
		under, err := makeMasterKey(in.To)
		if err == nil {
			err = store.RewrapKeys(ctx, under)
		}
		if err == nil {
			fmt.Fprintf(stdout, `The keys are under the master key %s now, %s.
Point HANDRAIL_MASTER_KEY at it on every node and start each anew. Keep the master key before for as long as backups that
were made under it. Then run handrail keys rotate, if the master key before was seen by somebody.
`, under.Fingerprint, in.To)
		}
		return err
	})
}
