/** What the dashboards for those who run the system share. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dashboard, Panel, Threshold, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboardOf } from '../kit/dashboard.ts'
import { series, stat } from '../kit/panels.ts'
import { PROMETHEUS, prometheus } from '../kit/prometheus.ts'
import type { Expression } from '../kit/prometheus.ts'

/** The services that were chosen; all of them unless said otherwise. */
export const services = (): Builder<VariableModel> =>
  new QueryVariableBuilder('service')
    .label('Service')
    .datasource(PROMETHEUS)
    .query('label_values(up{job="stakestream"}, service)')
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allowCustomValue(false)
    .current({ selected: true, text: 'All', value: '$__all' })

interface LookOptions {
  unit?: string
  width?: number
  stacked?: boolean
}

/** A graph of expressions over time. */
export const graph = (
  title: string,
  description: string,
  expressions: readonly Expression[],
  options: LookOptions = {},
): Builder<Panel> =>
  series({ title, description, datasource: PROMETHEUS, queries: prometheus(expressions), ...options })

/** Numbers as they are now. */
export const now = (
  title: string,
  description: string,
  expressions: readonly Expression[],
  options: LookOptions & { steps?: readonly Threshold[] } = {},
): Builder<Panel> =>
  stat({ title, description, datasource: PROMETHEUS, queries: prometheus(expressions, 'now'), ...options })

/** Green at 0, red above. */
export const NONE_WANTED: readonly Threshold[] = [
  { value: null, color: 'green' },
  { value: 1, color: 'red' },
]

/** How often a counter rises in a second, by labels. */
export const rate = (counter: string, by: string): string =>
  `sum by (${by}) (rate(${counter}[$__rate_interval]))`

/** How often it rose in the last hour, by labels. */
export const inAnHour = (counter: string, by: string): string => `sum by (${by}) (increase(${counter}[1h]))`

/** What a share of the observations of a histogram was under, by labels. */
export const quantile = (share: number, histogram: string, by: string): string =>
  `histogram_quantile(${share}, sum by (${by === '' ? 'le' : `le, ${by}`}) (rate(${histogram}_bucket[$__rate_interval])))`

/** The mean of a histogram, by labels. */
export const mean = (histogram: string, by: string): string =>
  `${rate(`${histogram}_sum`, by)} / ${rate(`${histogram}_count`, by)}`

interface OperationsOptions {
  uid: string
  title: string
  description: string
  variables?: readonly Builder<VariableModel>[]
  panels: readonly Builder<Panel>[]
}

export const operationsDashboard = (options: OperationsOptions): Dashboard =>
  dashboardOf({ tag: 'operations', from: 'now-3h', refresh: '30s', variables: [], ...options })
