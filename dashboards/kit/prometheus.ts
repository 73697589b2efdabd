/** Prometheus in Grafana. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'

/** As in `dashboards/provisioning/datasources.yml`. */
export const PROMETHEUS: Required<DataSourceRef> = { type: 'prometheus', uid: 'stakestream-prometheus' }

/** An expression, and how its series are named: with `{{label}}` for the value of a label. */
export type Expression = readonly [name: string, expression: string]

const REF_IDS = 'ABCDEFGH'

/** The targets of a panel: over time, or what they are now. */
export const prometheus = (
  expressions: readonly Expression[],
  when: 'range' | 'now' = 'range',
): Builder<Dataquery>[] =>
  expressions.map(([name, expression], at) => {
    const query = new DataqueryBuilder()
      .refId(REF_IDS.charAt(at))
      .datasource(PROMETHEUS)
      .expr(expression)
      .legendFormat(name)
    return when === 'range' ? query.range() : query.instant()
  })
