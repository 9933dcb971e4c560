// Package deploy checks the container files in the folder deploy without a container
// engine: by the parsers of Docker, Compose and Kubernetes, and by running the programs
// with the configurations that the files contain.
package deploy
