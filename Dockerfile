# One image per service: docker build --build-arg SERVICE=voting -t circle/voting .
# The build stage is the same for all of them, so that building nine images compiles once.
FROM swift:6.3.1-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
COPY deploy/packages.txt deploy/install-packages deploy/
RUN deploy/install-packages && rm -rf /var/lib/apt/lists/*
COPY Package.swift .swift-format ./
COPY Shared Shared
COPY Services Services
COPY Tests Tests
COPY deploy deploy
RUN swift build -c release --static-swift-stdlib -Xlinker -s \
    && .build/release/stack openapi /src/openapi.json

FROM debian:12.8-slim AS runtime
ARG SERVICE
RUN test -n "${SERVICE}" \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libmicrohttpd12 libwslay1 libhiredis0.14 \
       libmongoc-1.0-0 libssl3 libargon2-1 libcrypt1 libcurl4 \
    && if [ "${SERVICE}" = generation ]; then apt-get install -y --no-install-recommends libvips42; fi \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/.build/release/${SERVICE} /usr/local/bin/service
COPY --from=build /src/openapi.json /usr/local/share/circle/openapi.json
# Large blocks (password hashes take 19 MiB) go back to the kernel when they are freed.
ENV MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_ARENA_MAX=2
ENV OPENAPI_FILE=/usr/local/share/circle/openapi.json HTTP_HOST=0.0.0.0 HTTP_PORT=8080 ADMIN_PORT=9090
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["/usr/local/bin/service"]
CMD ["serve"]
