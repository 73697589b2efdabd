import { expect, test } from 'vitest'
import { StackError } from './errors.ts'
import { DEFAULT_PORTS, parsePortBase, PORT_NAMES, portsFrom } from './ports.ts'

test('given a base, then each port is the base plus the last three digits of its default', () => {
  expect(portsFrom(20_000)).toMatchObject({
    api: 20_080,
    kafka: 20_092,
    kafkaController: 20_093,
    registry: 20_081,
    postgres: 20_432,
    redis: 20_379,
    clickhouse: 20_123,
    prometheus: 20_090,
    grafana: 20_000,
    gameProvider: 20_095,
    walletAdmin: 20_171,
    partnersAdmin: 20_175,
  })
})

test('given any base, then no two parts share a port', () => {
  for (const base of [undefined, 20_000, 31_500]) {
    const ports = portsFrom(base)
    expect(new Set(PORT_NAMES.map((name) => ports[name])).size).toBe(PORT_NAMES.length)
  }
})

test('given no base, then the ports are the default ones', () => {
  expect(portsFrom(parsePortBase(undefined))).toEqual(DEFAULT_PORTS)
  expect(parsePortBase('')).toBeUndefined()
})

test.each(['abc', '80', '65000', '20000.5', '-1'])('PORT_BASE=%s is refused with what to do', (text) => {
  expect(() => parsePortBase(text)).toThrow(StackError)
  expect(() => parsePortBase(text)).toThrow(/choose a whole number from 1024 to/)
})
