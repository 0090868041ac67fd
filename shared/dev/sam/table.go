package sam

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Table is one AWS::DynamoDB::Table, with the properties that DynamoDB Local knows.
// It leaves out encryption, backups and deletion protection, which only deployed
// tables have.
type Table struct {
	LogicalID string
	TTL       string // attribute with the time to live; "": none
	input     dynamodb.CreateTableInput
}

// Input returns the request that creates the table under a name.
func (t Table) Input(name string) *dynamodb.CreateTableInput {
	input := t.input
	input.TableName = aws.String(name)
	return &input
}

// WithoutStream returns the table without its stream, for tests that do not read it.
// DynamoDB Local keeps the records of all streams for a day, even if the table is
// deleted, and gets slower with each record.
func (t Table) WithoutStream() Table {
	t.input.StreamSpecification = nil
	return t
}

// Create creates the table under a name and waits until it can be used.
func (t Table) Create(ctx context.Context, db *dynamodb.Client, name string) error {
	if _, err := db.CreateTable(ctx, t.Input(name)); err != nil {
		return fmt.Errorf("create table %s: %w", name, err)
	}
	exists := dynamodb.NewTableExistsWaiter(db, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, time.Second
	})
	if err := exists.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, 30*time.Second); err != nil {
		return fmt.Errorf("wait for table %s: %w", name, err)
	}
	if t.TTL == "" {
		return nil
	}
	_, err := db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &t.TTL, Enabled: aws.Bool(true)},
	})
	if err != nil {
		return fmt.Errorf("set time to live of table %s: %w", name, err)
	}
	return nil
}

// table reads the properties p of the resource id.
func table(id string, p map[string]any) Table {
	t := Table{LogicalID: id}
	if ttl := object(p["TimeToLiveSpecification"]); truth(ttl["Enabled"], false) {
		t.TTL = text(ttl["AttributeName"])
	}
	t.input.BillingMode = types.BillingModePayPerRequest // so that DynamoDB Local does not throttle
	t.input.KeySchema = keys(p["KeySchema"])
	for _, v := range items(p["AttributeDefinitions"]) {
		m := object(v)
		t.input.AttributeDefinitions = append(t.input.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(text(m["AttributeName"])),
			AttributeType: types.ScalarAttributeType(text(m["AttributeType"])),
		})
	}
	for _, v := range items(p["GlobalSecondaryIndexes"]) {
		m := object(v)
		t.input.GlobalSecondaryIndexes = append(t.input.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(text(m["IndexName"])), KeySchema: keys(m["KeySchema"]), Projection: projection(m["Projection"]),
		})
	}
	for _, v := range items(p["LocalSecondaryIndexes"]) {
		m := object(v)
		t.input.LocalSecondaryIndexes = append(t.input.LocalSecondaryIndexes, types.LocalSecondaryIndex{
			IndexName: aws.String(text(m["IndexName"])), KeySchema: keys(m["KeySchema"]), Projection: projection(m["Projection"]),
		})
	}
	if view := text(object(p["StreamSpecification"])["StreamViewType"]); view != "" {
		t.input.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(view)}
	}
	return t
}

func keys(v any) []types.KeySchemaElement {
	var schema []types.KeySchemaElement
	for _, v := range items(v) {
		m := object(v)
		schema = append(schema, types.KeySchemaElement{AttributeName: aws.String(text(m["AttributeName"])), KeyType: types.KeyType(text(m["KeyType"]))})
	}
	return schema
}

func projection(v any) *types.Projection {
	m := object(v)
	p := &types.Projection{ProjectionType: types.ProjectionType(text(m["ProjectionType"]))}
	if names := items(m["NonKeyAttributes"]); len(names) > 0 { // DynamoDB refuses an empty list
		p.NonKeyAttributes = texts(names)
	}
	return p
}
