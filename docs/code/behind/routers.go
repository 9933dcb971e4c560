// Package behind has the code of the page about other servers.
package behind

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	"github.com/seed-f21aa8d8/wechat/message"
)

func standard(bot *message.Handler) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot) // GET and POST
	return &http.Server{
		Addr:              "127.0.0.1:8080",
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
	}
}

func withGin(bot *message.Handler) *gin.Engine {
	router := gin.New()
	router.Use(gin.Recovery())
	router.Any("/wechat", gin.WrapH(bot))
	return router
}

func withChi(bot *message.Handler) chi.Router {
	router := chi.NewRouter()
	router.Handle("/wechat", bot)
	return router
}

func withEcho(bot *message.Handler) *echo.Echo {
	server := echo.New()
	server.Any("/wechat", echo.WrapHandler(bot))
	return server
}

// readBody is middleware that looks at the body and puts it back.
func readBody(look func([]byte), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "body", http.StatusBadRequest)
			return
		}
		look(body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}
