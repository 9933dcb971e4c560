# docker build -f deploy/emulator.Dockerfile --build-arg VERSION=v0.1.0 -t wechat-emulator .
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/wechat-emulator ./cmd/wechat-emulator

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=devel
LABEL org.opencontainers.image.title="wechat-emulator" \
      org.opencontainers.image.description="The WeChat platform on your own machine" \
      org.opencontainers.image.source="https://github.com/seed-f21aa8d8/wechat" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /out/wechat-emulator /wechat-emulator
USER nonroot
EXPOSE 9090
ENTRYPOINT ["/wechat-emulator"]
CMD ["-listen", "0.0.0.0:9090", "-insecure-listen-beyond-loopback"]
