# The product's image: one for all of its processes, which differ in the file that they run.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# The local stores of stream tasks; a volume belongs here. All else is root's: the processes write to /tmp and to their volume alone.
RUN mkdir -p /data/state && chown 1000:1000 /data/state
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY avro ./avro
COPY domain ./domain
COPY games ./games
COPY screening ./screening
COPY service ./service
COPY topics ./topics
COPY streams ./streams
COPY sinks ./sinks
COPY reconciliation ./reconciliation
COPY synthetic ./synthetic
COPY api ./api
COPY cli ./cli
COPY stack ./stack
# The user `node` of the base image, by its number: Kubernetes can not tell from a name that it isn't root.
USER 1000:1000
CMD ["node", "api/main.ts"]
