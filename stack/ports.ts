/**
 * Every port of the system, all on 127.0.0.1. `PORT_BASE` moves them together, so that two stacks live side by side.
 */
import { StackError } from './errors.ts'

export const DEFAULT_PORTS = {
  api: 8080,
  kafka: 9092,
  kafkaController: 9093,
  kafka2: 9192,
  kafkaController2: 9193,
  kafka3: 9292,
  kafkaController3: 9293,
  registry: 8081,
  postgres: 5432,
  redis: 6379,
  clickhouse: 8123,
  prometheus: 9090,
  alertmanager: 9094,
  grafana: 3000,
  gameProvider: 8095,
  walletAdmin: 8171,
  sinkPostgresAdmin: 8172,
  sinkClickhouseAdmin: 8173,
  wallet2Admin: 8174,
  partnersAdmin: 8175,
  sinkWebhooksAdmin: 8176,
  amlAdmin: 8177,
  amlAlertsAdmin: 8178,
  screeningAdmin: 8179,
  aml2Admin: 8180,
  settlementAdmin: 8181,
  settlementWorkerAdmin: 8182,
  reconciliationAdmin: 8183,
  sinkClickhouse2Admin: 8188,
  gamesAdmin: 8184,
  gamesWorkerAdmin: 8185,
  syntheticAdmin: 8186,
  apiAdmin: 8190,
} as const

export type PortName = keyof typeof DEFAULT_PORTS
export type Ports = Readonly<Record<PortName, number>>

const HIGHEST_PORT = 65_535
const HIGHEST_OFFSET = 999

const isPortName = (name: string): name is PortName => Object.hasOwn(DEFAULT_PORTS, name)
export const PORT_NAMES: readonly PortName[] = Object.keys(DEFAULT_PORTS).filter(isPortName)

/**
 * The ports of one stack. With a base, each is the base plus the last three digits of its default (8080 → base + 80).
 * Throws `StackError` for a base that leaves no room.
 */
export function portsFrom(portBase: number | undefined): Ports {
  if (portBase === undefined) return DEFAULT_PORTS
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase + HIGHEST_OFFSET > HIGHEST_PORT) {
    throw new StackError(
      `PORT_BASE=${portBase} can't be used: choose a whole number from 1024 to ${HIGHEST_PORT - HIGHEST_OFFSET}.`,
    )
  }
  const ports: Record<PortName, number> = { ...DEFAULT_PORTS }
  for (const name of PORT_NAMES) ports[name] = portBase + (DEFAULT_PORTS[name] % 1000)
  return ports
}

/** Reads `PORT_BASE`. Empty or absent means the default ports. */
export function parsePortBase(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const portBase = Number(text)
  portsFrom(portBase)
  return portBase
}
