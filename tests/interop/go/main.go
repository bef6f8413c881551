// Prints what the library of sops makes of files, as Terraform, Flux and others that use it do: pairs of a path and a type.
package main

import (
	"fmt"
	"os"

	"github.com/getsops/sops/v3/decrypt"
)

func main() {
	for i := 1; i+1 < len(os.Args); i += 2 {
		plain, err := decrypt.File(os.Args[i], os.Args[i+1])
		if err != nil {
			fmt.Fprintln(os.Stderr, os.Args[i], err)
			os.Exit(1)
		}
		os.Stdout.Write(plain)
	}
}
