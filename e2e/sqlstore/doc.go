// Package sqlstore tests store/sqlstore with drivers and databases, which a user of the
// module should not have to download: SQLite, and a MariaDB and a PostgreSQL that the
// tests start. The tests of a server are skipped if it is not installed (Debian: apt-get
// install mariadb-server postgresql).
package sqlstore
