// Package callbacksoak holds a test alone: two processes of one bot behind one
// address, which share a Redis. One is killed in the middle and the Redis is
// restarted empty; every message must be handled, once if neither touched it, and
// come to one answer. It runs with WECHAT_SOAK=1.
package callbacksoak
