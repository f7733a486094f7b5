import pg from 'pg'
import { preparePlatform } from '../../supabase/embedded/platform.ts'
import { startPostgres } from '../../supabase/embedded/postgres.ts'
import { applyMigrations } from '../../supabase/migrate.ts'
import { databaseTypesFile, generateDatabaseTypes } from './database-types.ts'
import { findFreePort } from './free-port.ts'
import { makeTestDirectory, removeTestDirectory } from './temporary-directory.ts'

// `npm run types`: migrates a throw-away database and writes its types down.
const directory = await makeTestDirectory()
const postgres = await startPostgres({ directory, port: await findFreePort(), log: () => undefined })
try {
  const admin = new pg.Client(postgres.adminUrl())
  await admin.connect()
  await admin.query('create database types owner postgres')
  await admin.end()
  await preparePlatform(postgres.adminUrl('types'))
  await applyMigrations(postgres.ownerUrl('types'))
  await generateDatabaseTypes(postgres.ownerUrl('types'), databaseTypesFile)
  console.log(`Wrote ${databaseTypesFile}`)
} finally {
  await postgres.stop()
  await removeTestDirectory(directory)
}
