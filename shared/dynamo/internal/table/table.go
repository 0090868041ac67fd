// Package table is the one DynamoDB table: its keys, its items and the calls on it.
//
// keys.go builds every key. Each noun has a file, such as staff.go: it has the
// struct that is stored, and converts it from and to the type of the domain.
// client.go, read.go and write.go make the calls.
//
// The access patterns are not here: those of functions are in shared/dynamo, those
// of the operator in shared/dynamo/maintain. Only packages below shared/dynamo can
// import this one. Look first at keys.go, then at TxWrite in write.go.
package table
