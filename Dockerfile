# The production form: HTTP processes or the job worker, against a PostgreSQL of its own (see docker-compose.yml).

FROM node:24-slim AS console
WORKDIR /gatehouse
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node bin/setup.mjs

# Without tools, and without the embedded PostgreSQL and the Node that a machine without Docker needs.
FROM node:24-slim AS packages
WORKDIR /gatehouse
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM node:24-slim
WORKDIR /gatehouse
COPY --from=packages /gatehouse/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY migrations migrations
COPY scim scim
COPY server server
COPY --from=console /gatehouse/admin/build admin/build
# The image belongs to root and runs as `node`, so a process cannot change what it runs; /data is the only exception.
RUN ln -s /gatehouse/bin/gatehouse.mjs /usr/local/bin/gatehouse && mkdir /data && chown node:node /data
ENV NODE_ENV=production GATEHOUSE_IMAGE=1 HOST=0.0.0.0 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 3000
CMD ["node", "server/main.ts"]
