// Package traces searches everything that module tracing exports for credentials and
// personal data: spans and metrics of a client, of bots in all modes and of a
// third-party platform, with faults and forgeries. It contains only tests.
package traces
