# The commands of this project. Variables come from the environment or the command line:
#   PORT_BASE=20000   moves every port      LOCAL_DIR=.local   logs, pids, data and the env file
#   BROKERS=3         a cluster of three    WALLETS=2         two wallet processors
#   INPUT=file.csv SPEED=10   for demo and replay

export PORT_BASE LOCAL_DIR BROKERS WALLETS INPUT SPEED STAKESTREAM_CACHE

RUN := npm run -s

.PHONY: up down status reset demo replay test bench chaos rolling drill secure certify charts lint audit format

up: node_modules
	@$(RUN) up

down: node_modules
	@$(RUN) down

status: node_modules
	@$(RUN) status

reset: node_modules
	@$(RUN) reset

demo: node_modules
	@$(RUN) demo

replay: node_modules
	@$(RUN) replay

test: node_modules
	@$(RUN) test

bench: node_modules
	@$(RUN) bench

chaos: node_modules
	@$(RUN) chaos

secure: node_modules
	@$(RUN) secure

rolling: node_modules
	@$(RUN) rolling

drill: node_modules
	@$(RUN) drill

certify: node_modules
	@$(RUN) certify

charts: node_modules
	@$(RUN) charts

lint: node_modules
	@$(RUN) lint

audit: node_modules
	@$(RUN) audit

format: node_modules
	@$(RUN) format

# npm writes this file at the end of every install.
node_modules: node_modules/.package-lock.json

node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
