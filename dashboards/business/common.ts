/** What the business dashboards share: who and what is asked for, and panels over ClickHouse. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard'
import { CLICKHOUSE, clickhouse } from '../kit/clickhouse.ts'
import type { ClickhouseFormat } from '../kit/clickhouse.ts'
import { dashboardOf } from '../kit/dashboard.ts'
import type { PanelOptions } from '../kit/panels.ts'

/** The partners that were chosen; all of them unless said otherwise. The first column is the value, the second what is shown. */
export const partners = (): Builder<VariableModel> =>
  new QueryVariableBuilder('partner')
    .label('Partner')
    .datasource(CLICKHOUSE)
    .query('SELECT toString(partner_id) AS id, name FROM partners ORDER BY name, id')
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.Disabled)
    .multi(true)
    .includeAll(true)
    .allowCustomValue(false)
    .current({ selected: true, text: 'All', value: '$__all' })

/** One currency: there is no rate in the log, so amounts of two can't be added up. */
export const currency = (): Builder<VariableModel> =>
  new QueryVariableBuilder('currency')
    .label('Currency')
    .datasource(CLICKHOUSE)
    .query('SELECT DISTINCT currency FROM wallet_balances ORDER BY currency')
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.Disabled)
    .allowCustomValue(false)

/** In a WHERE: the chosen partners. */
export const OF_PARTNERS = 'partner_id IN (${partner:sqlstring})'
/** In a WHERE: the chosen partners and currency. */
export const CHOSEN = `${OF_PARTNERS} AND currency = \${currency:sqlstring}`
/** In a WHERE: whole days, in UTC, that the chosen time touches. */
export const DAYS = "day >= toDate($__fromTime, 'UTC') AND day <= toDate($__toTime, 'UTC')"
/** In a WHERE: whole hours that the chosen time touches. */
export const HOURS = "hour >= toStartOfHour($__fromTime, 'UTC') AND hour <= $__toTime"

type Question = Omit<PanelOptions, 'datasource' | 'queries'> & { sql: string }

/** The options of a panel that shows one query over ClickHouse. */
export function asked<T extends Question>(
  { sql, ...options }: T,
  format: ClickhouseFormat = 'table',
): Omit<T, 'sql'> & Pick<PanelOptions, 'datasource' | 'queries'> {
  return { ...options, datasource: CLICKHOUSE, queries: [clickhouse(sql, format)] }
}

interface BusinessOptions {
  uid: string
  title: string
  description: string
  variables?: readonly Builder<VariableModel>[]
  panels: readonly Builder<Panel>[]
}

/** A dashboard for the business: a month, and no hurry. */
export const businessDashboard = (options: BusinessOptions): Dashboard =>
  dashboardOf({
    tag: 'business',
    from: 'now-30d',
    refresh: '5m',
    variables: [partners(), currency()],
    ...options,
  })
