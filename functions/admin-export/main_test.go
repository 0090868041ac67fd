package main

import (
	"testing"

	"chaoxi/shared/dev/functiontest"
)

func TestMain(m *testing.M) { functiontest.Main(m) }
