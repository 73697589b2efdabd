/** ClickHouse in Grafana. The foundation SDK has no query of this data source, hence a builder of the few fields that the plugin reads. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'

/** As in `dashboards/provisioning/datasources.yml`. */
export const CLICKHOUSE: Required<DataSourceRef> = {
  type: 'grafana-clickhouse-datasource',
  uid: 'stakestream-clickhouse',
}

/** How the plugin is to read rows: by their columns, or as points with a column `time` and a series for each text and number. */
const FORMATS = { timeseries: 0, table: 1 } as const
export type ClickhouseFormat = keyof typeof FORMATS

/** A query as the plugin stores it in a dashboard. */
export class ClickhouseQuery implements Dataquery {
  readonly refId = 'A'
  readonly datasource = CLICKHOUSE
  readonly editorType = 'sql'
  readonly queryType: ClickhouseFormat
  readonly format: number
  readonly rawSql: string

  constructor(sql: string, format: ClickhouseFormat) {
    this.rawSql = sql
    this.queryType = format
    this.format = FORMATS[format]
  }

  /** Marks the class for the SDK; a method, so that it is not in the file. */
  _implementsDataqueryVariant(): void {
    // Nothing to do: the SDK tells queries from other objects by this name.
  }
}

/** The one target of a panel. */
export const clickhouse = (sql: string, format: ClickhouseFormat): Builder<ClickhouseQuery> => ({
  build: () => new ClickhouseQuery(sql.trim(), format),
})
