import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {describe, expect, it} from 'vitest';
import {addable, canBeAdded, givable, holds, permissions, refusedFields, typesWith, type Permission} from '../../src/console/grants/rules';
import {texts} from '../../src/console/texts';

const golden = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../../../shared/admin/testdata/grants.json'), 'utf8'));

describe('the rules that the console shows', () => {
  it('are those that the server goes by', () => {
    expect({types: holds, addable}).toEqual(golden);
    expect(permissions).toEqual(golden.types.super);
  });

  it.each(Object.entries(texts))('have words in %s', (_, t) => {
    for (const p of permissions) expect(t.permissionMeans[p]).not.toBe('');
    expect(Object.keys(t.permissionMeans)).toEqual(permissions);
    expect(Object.keys(t.permissions)).toEqual(permissions);
    expect(Object.keys(t.grantMeans).sort()).toEqual(Object.keys(golden.types));
  });

  it('tell who holds a permission, and what a type lacks', () => {
    expect(typesWith('audit.read')).toEqual(['super', 'audit']);
    expect(typesWith('staff.edit')).toEqual(['super', 'unit']);
    expect(canBeAdded('super')).toEqual([]);
    expect(canBeAdded('unit')).toEqual(['admin.grant', 'audit.read', 'pii.reveal']);
    expect(canBeAdded('audit')).toEqual(['admin.grant', 'pii.reveal']);
  });
});

describe('nobody gives more than they hold', () => {
  const rows: [string, Permission[][], object][] = [
    ['a super', [holds.super], {types: ['super', 'unit', 'audit'], added: addable}],
    ['a unit administrator', [holds.unit], {types: [], added: []}],
    ['a unit administrator who may grant', [[...holds.unit, 'admin.grant']], {types: ['unit'], added: ['admin.grant']}],
    ['who holds two grants', [[...holds.unit, 'admin.grant'], holds.audit], {types: ['unit', 'audit'], added: ['admin.grant', 'audit.read']}],
    ['nobody', [], {types: [], added: []}],
  ];
  it.each(rows)('%s', (_, grants, may) => expect(givable(grants.map((permissions) => ({permissions})))).toEqual(may));
});

describe('what is refused', () => {
  const at = (field: string, message: string) => ({field, code: 'invalid' as const, message});
  it('stands at its field, once', () =>
    expect(refusedFields({code: 'field_invalid', title: '', errors: [at('permissions[0]', '重复'), at('permissions[1]', '重复'), at('type', '不能为空'), at('elsewhere', 'x')]})).toEqual([
      {name: 'permissions', errors: ['重复']},
      {name: 'type', errors: ['不能为空']},
    ]));
  it('names the person or the organisation that is not there', () => {
    expect(refusedFields({code: 'staff_missing', title: '没有此人'})).toEqual([{name: 'employeeCode', errors: ['没有此人']}]);
    expect(refusedFields({code: 'org_missing', title: '没有此机构', errors: [at('org', '不存在')]})).toEqual([{name: 'org', errors: ['不存在']}]);
    expect(refusedFields({code: 'permission_denied', title: '没有权限'})).toEqual([]);
  });
});
