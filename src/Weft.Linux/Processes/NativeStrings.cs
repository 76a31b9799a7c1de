using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Weft.Linux.Processes;

/// <summary>A list of texts as C sees it: pointers to bytes that end with zero, and a null pointer at the end.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    public NativeStrings(IReadOnlyList<string> texts)
    {
        _count = texts.Count;
        Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < _count; i++)
        {
            Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }
    }

    /// <summary>The array.</summary>
    public byte** Pointers { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Pointers is null)
        {
            return;
        }

        for (int i = 0; i < _count; i++)
        {
            Marshal.FreeCoTaskMem((nint)Pointers[i]);
        }

        NativeMemory.Free(Pointers);
        Pointers = null;
    }
}
