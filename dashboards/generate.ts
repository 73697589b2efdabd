/** `npm run generate:dashboards`: the files of the dashboards, and the document on what is measured. */
import { writeAll } from './all.ts'

writeAll()
