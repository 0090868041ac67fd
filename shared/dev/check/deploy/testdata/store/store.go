// Package store has a method for each kind of call that calls_test.go looks for.
package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type Store struct{ DB *dynamodb.Client }

func (s Store) Read(ctx context.Context) error {
	_, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{})
	return err
}

func (s Store) List(ctx context.Context) error {
	_, err := s.DB.Query(ctx, &dynamodb.QueryInput{})
	return err
}

func (s Store) Write(ctx context.Context) error {
	_, err := s.DB.PutItem(ctx, &dynamodb.PutItemInput{})
	return err
}

func (s Store) Remove(ctx context.Context) error {
	_, err := s.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{})
	return err
}

func (s Store) Move(ctx context.Context) error {
	_, err := s.DB.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Update: &types.Update{}},
		{ConditionCheck: &types.ConditionCheck{}},
	}})
	return err
}
