import { readFile } from 'node:fs/promises'
import { getAuthSchemaSql, getStorageSchemaSql } from '@supabase/lite'
import pg from 'pg'

/**
 * Makes a database of the cluster look like a fresh Supabase project: roles, schemas, Auth, Storage, Realtime, rights.
 * May be repeated, and applied to any number of databases.
 *
 * @param adminUrl the database, as the superuser supabase_admin
 */
export async function preparePlatform(adminUrl: string): Promise<void> {
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    await client.query('begin')
    // Advisory locks belong to one database, roles to all of them.
    await client.query('lock table pg_catalog.pg_authid in share row exclusive mode')
    await client.query('set local client_min_messages = warning')
    await client.query(await readPlatformFile('roles'))
    await client.query(await readPlatformFile('schemas'))
    await client.query(getAuthSchemaSql())
    await client.query(getStorageSchemaSql())
    await client.query(await readPlatformFile('realtime'))
    await client.query(await readPlatformFile('ownership'))
    await client.query(await readPlatformFile('guard'))
    await client.query('commit')
  } finally {
    await client.end()
  }
}

function readPlatformFile(name: string) {
  return readFile(new URL(`platform/${name}.sql`, import.meta.url), 'utf8')
}
