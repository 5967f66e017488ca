// SPDX-License-Identifier: Apache-2.0

// firstanswer starts a provider program the way Terraform does (the same client library, mutual TLS), asks for its schema, and
// stops it, again and again. It prints medians as one JSON object, for tests/bench/run to read.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// What Terraform puts into a provider's environment; see plugin.HandshakeConfig.
const (
	cookieKey   = "TF_PLUGIN_MAGIC_COOKIE"
	cookieValue = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
	schemaCall  = "/tfplugin6.Provider/GetProviderSchema"
	maxMessage  = 64 << 20
)

// bytesCodec passes messages through as they are on the wire: what is measured is the provider, not a decoder.
type bytesCodec struct{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(message any) ([]byte, error) { return *message.(*[]byte), nil }

func (bytesCodec) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// rawPlugin hands the connection itself out.
type rawPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func (rawPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a client only")
}

func (rawPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connection *grpc.ClientConn) (any, error) {
	return connection, nil
}

// run is one life of the provider.
type run struct {
	handshake, firstAnswer, life time.Duration
	peakKiB                      int
}

func measure(program string) (result run, err error) {
	command := exec.Command(program)
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: cookieKey, MagicCookieValue: cookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{6: {"provider": rawPlugin{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Cmd:              command,
		Logger:           hclog.New(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Off}),
	})
	defer client.Kill()
	begin := time.Now()
	if _, err = client.Start(); err != nil {
		return result, err
	}
	result.handshake = time.Since(begin)
	protocol, err := client.Client()
	if err != nil {
		return result, err
	}
	connection, err := protocol.Dispense("provider")
	if err != nil {
		return result, err
	}
	request, reply := []byte{}, []byte{}
	err = connection.(*grpc.ClientConn).Invoke(context.Background(), schemaCall, &request, &reply,
		grpc.ForceCodec(bytesCodec{}), grpc.MaxCallRecvMsgSize(maxMessage))
	if err != nil {
		return result, err
	}
	result.firstAnswer = time.Since(begin)
	if len(reply) == 0 {
		return result, errors.New("the schema is empty")
	}
	if result.peakKiB, err = peak(command.Process.Pid); err != nil {
		return result, err
	}
	client.Kill()
	result.life = time.Since(begin)
	return result, nil
}

// peak reads the most memory that a process has had at once.
func peak(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			return strconv.Atoi(fields[1])
		}
	}
	return 0, errors.New("no VmHWM in /proc")
}

func median(runs []run, value func(run) float64) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = value(r)
	}
	sort.Float64s(values)
	return values[len(values)/2]
}

func milliseconds(duration time.Duration) float64 { return float64(duration) / float64(time.Millisecond) }

func main() {
	count := flag.Int("runs", 21, "how often")
	flag.Parse()
	if flag.NArg() != 1 || *count < 1 {
		fmt.Fprintln(os.Stderr, "usage: firstanswer [-runs N] PROGRAM")
		os.Exit(2)
	}
	var runs []run
	for range *count {
		result, err := measure(flag.Arg(0))
		if err != nil {
			fmt.Fprintln(os.Stderr, "firstanswer:", err)
			os.Exit(1)
		}
		runs = append(runs, result)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"handshake_ms":    median(runs, func(r run) float64 { return milliseconds(r.handshake) }),
		"first_answer_ms": median(runs, func(r run) float64 { return milliseconds(r.firstAnswer) }),
		"life_ms":         median(runs, func(r run) float64 { return milliseconds(r.life) }),
		"peak_mib":        median(runs, func(r run) float64 { return float64(r.peakKiB) / 1024 }),
	})
}
