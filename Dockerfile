# The service in a container: built in one image, run in another without compilers and npm.
#
#   docker compose up -d ai-automation-service
#
# Both images are arguments; docs/container.md says how to do without a registry.
ARG BUILD_IMAGE=node:20-bookworm
ARG BASE_IMAGE=node:20-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /plimsoll
COPY package.json package-lock.json .npmrc ./
# An image that brings the packages along needs no registry. No install scripts: ONNX Runtime's downloads CUDA
# libraries, which are not used. better-sqlite3 is the one that must be made for this machine.
RUN [ -d node_modules ] || { npm ci --ignore-scripts && npm rebuild better-sqlite3; }
COPY . .
RUN npm run build && sh scripts/container/shrink.sh

FROM ${BASE_IMAGE}
ENV NODE_ENV=production \
    PATH=/plimsoll/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/data \
    PLIMSOLL_DATA_DIR=/data \
    PLIMSOLL_HOST=0.0.0.0 \
    PLIMSOLL_RUNS_ON_STOP=end
COPY --from=build /plimsoll /plimsoll
# A volume takes its first content and its owner from here.
RUN mkdir -p /data/files && chown -R 1000:1000 /data
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8018
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
  CMD ["/plimsoll/scripts/container/healthy.sh"]
ENTRYPOINT ["/plimsoll/scripts/container/start.sh"]
CMD ["serve"]
