# docker build -f deploy/gateway.Dockerfile --build-arg VERSION=v0.1.0 -t wechat-gateway .
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/wechat-gateway ./gateway/cmd/wechat-gateway

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=devel
LABEL org.opencontainers.image.title="wechat-gateway" \
      org.opencontainers.image.description="Token server and API proxy for WeChat Official Accounts" \
      org.opencontainers.image.source="https://github.com/seed-f21aa8d8/wechat" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /out/wechat-gateway /wechat-gateway
USER nonroot
EXPOSE 8080 9090
ENTRYPOINT ["/wechat-gateway"]
CMD ["-config", "/etc/wechat-gateway/gateway.yaml"]
