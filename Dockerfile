# Builds the service or, with `--target simulator`, the LED simulator, which also makes the temporary certificates. Tags
# pin the bases. To use a digest: --build-arg RUN_BASE=gcr.io/distroless/nodejs24-debian12@sha256:…
ARG BUILD_BASE=node:24-bookworm-slim
ARG RUN_BASE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: the only one of use downloads Node, which this base already has.
RUN npm ci --ignore-scripts

FROM dependencies AS simulator-dependencies
# Keeps only the packages that the simulator and the certificates import, in the versions of the lock file.
RUN node -e "const file = require('./package.json'); \
    const all = { ...file.dependencies, ...file.devDependencies }; \
    const names = ['@peculiar/x509', 'reflect-metadata', 'saxes', 'xml-crypto']; \
    const dependencies = Object.fromEntries(names.map((name) => [name, all[name]])); \
    fs.writeFileSync('package.json', JSON.stringify({ type: file.type, dependencies }))" \
  && npm prune --ignore-scripts \
  && find node_modules -type d -empty -delete \
  && mkdir /certificates

FROM ${RUN_BASE} AS simulator
WORKDIR /app
COPY --from=simulator-dependencies /app/package.json ./
COPY --from=simulator-dependencies /app/node_modules node_modules
# A new volume mounted here copies the owner of this folder, so that the user below can write to it.
COPY --from=simulator-dependencies --chown=65532:65532 /certificates /certificates
COPY docker/certificates.ts docker/make-certificates.ts docker/
COPY docker/simulator docker/simulator
USER 65532:65532
EXPOSE 8443
ENV SIMULATOR_HEALTH_PORT=8444
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["/nodejs/bin/node", "-e", \
  "http.get({ port: process.env.SIMULATOR_HEALTH_PORT, path: '/health' }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
LABEL org.opencontainers.image.title="led-eligibility-simulator" \
  org.opencontainers.image.description="Answers GeefBewijs 02.00 as LED does, for invented test persons" \
  org.opencontainers.image.licenses="EUPL-1.2"
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["docker/simulator/main.ts"]

FROM dependencies AS build
COPY rolldown.config.ts ./
COPY src src
COPY docker/sbom.ts docker/
RUN node docker/sbom.ts > sbom.cdx.json && npm run build \
  && npm prune --omit=dev --ignore-scripts \
  && npm pkg delete scripts devDependencies allowScripts \
  && find dist node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.[cm]ts' \) -delete \
  && find node_modules -type d -empty -delete
ARG COMMIT=unknown
RUN npm pkg set commit="$COMMIT"

# The bundled program, and its packages for their licences, for scanners, and for the files of the API's page. No shell, no
# package manager, and no file that the user can write.
FROM ${RUN_BASE} AS service
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY LICENSE ./
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/nodejs/bin/node", "-e", \
  "http.get({ host: process.env.OPS_HOST || '127.0.0.1', port: process.env.OPS_PORT || 8081, path: '/livez' }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ARG VERSION=0.1.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="led-eligibility" \
  org.opencontainers.image.description="Decides from LED whether diplomas meet the condition of a recognition" \
  org.opencontainers.image.licenses="EUPL-1.2" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$COMMIT"
# Less memory at the same speed: 2 x 16 MiB for young objects instead of 2 x 64, and freed memory returns to the system.
ENV MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=262144
# SIGUSR1 must not open the inspector.
ENTRYPOINT ["/nodejs/bin/node", "--disable-sigusr1", "--max-semi-space-size=16", "/app/dist/main.js"]
CMD ["serve"]
