import { describe, expect, test } from 'vitest'
import { splitStatements } from './split-statements.ts'

describe('splitting SQL into statements', () => {
  test('ends a statement at each semicolon and drops empty ones', () => {
    expect(splitStatements('select 1;\n\n;select 2;  ')).toEqual(['select 1', 'select 2'])
    expect(splitStatements('select 1')).toEqual(['select 1'])
    expect(splitStatements(' \n')).toEqual([])
  })

  test.each([
    ['a string', `select 'a;b''c;'`],
    ['an escape string', String.raw`select E'a\';b', e'\\'`],
    ['a quoted name', `select 1 as "a;""b"`],
    ['a dollar quote', 'do $$ begin perform 1; end $$'],
    ['a tagged dollar quote', 'create function f() returns text language sql as $body$ select $$;$$; $body$'],
    ['a line comment', "select 1 -- don't; stop\n + 1"],
    ['a nested block comment', '/* one; /* two; */ three; */ select 1'],
    [
      'an atomic body',
      'create function f(a int) returns int begin atomic select case when a > 0 then 1 end; select 2; end',
    ],
    ['a column named begin', 'create table t ("begin" int, atomic int)'],
    ['a parameter', 'prepare p as select $1 || $2'],
  ])('keeps %s whole', (_, statement) => {
    expect(splitStatements(`${statement}; select 'next'`)).toEqual([statement, "select 'next'"])
  })

  test('keeps the comment before a statement with it', () => {
    expect(splitStatements('-- why; it is\nselect 1;\n-- the second\nselect 2;')).toEqual([
      '-- why; it is\nselect 1',
      '-- the second\nselect 2',
    ])
  })
})
