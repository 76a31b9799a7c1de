using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Weft.Agent;
using Weft.Linux;
using Weft.Server.Storing;

namespace Weft.App.CommandLine;

/// <summary>How every command runs: signals cancel it, failures become one line on stderr and an exit
/// code.</summary>
internal static class CommandRun
{
    /// <summary>What each line of an error begins with.</summary>
    public const string Prefix = "weft: ";

    /// <summary>Makes <paramref name="action"/> what the command does.</summary>
    public static void Runs(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(parse => Execute(cancelled => action(parse, cancelled)));

    /// <summary>Makes <paramref name="action"/> what the command does, without waiting for anything.</summary>
    public static void Runs(this Command command, Func<ParseResult, int> action) =>
        command.SetAction(parse => Execute(_ => Task.FromResult(action(parse))));

    private static int Execute(Func<CancellationToken, Task<int>> action)
    {
        using CancellationTokenSource cancellation = new();
        List<PosixSignalRegistration> registrations = [];
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                // The first signal asks; a second one is the kernel's to answer.
                context.Cancel = !cancellation.IsCancellationRequested;
                Cancel(cancellation);
            }));
        }

        try
        {
            return action(cancellation.Token).GetAwaiter().GetResult();
        }
        catch (CommandFailure failure)
        {
            if (failure.HasPlaces)
            {
                Console.Error.WriteLine(failure.Message);
            }
            else
            {
                Say(failure.Message);
            }

            return failure.Code;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Say("interrupted");
            return ExitCode.Failed;
        }
        catch (Exception failure) when (IsAnswer(failure))
        {
            Say(failure.Message);
            return ExitCode.Failed;
        }
        catch (Exception defect)
        {
            // Ours, not the user's: all that is known of it is worth having.
            Say($"this is a defect of weft: {defect}");
            return ExitCode.Failed;
        }
        finally
        {
            foreach (PosixSignalRegistration registration in registrations)
            {
                registration.Dispose();
            }
        }
    }

    /// <summary>Writes an error the way every command does: each line begins with the program's name.</summary>
    public static void Say(string message)
    {
        foreach (string line in message.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Console.Error.WriteLine(Prefix + line);
        }
    }

    // What the world may do to a command: its message is the whole of it.
    private static bool IsAnswer(Exception failure) => failure
        is IOException or UnauthorizedAccessException or SocketException or TimeoutException
        or LinuxException or AgentRefusedException or StoreUnreadableException;

    private static void Cancel(CancellationTokenSource cancellation)
    {
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command ended while the signal was on its way.
        }
    }
}
