"""Masters a synthesiser's speech: to -16 LUFS, saved as WAV and MP3, and as Whisper hears it.

    espeak-ng -w speech.wav "A lacquer is the disc that a mastering engineer cuts."
    python speech.py speech.wav
"""

import sys

import lacquer

speech, rate_hz = lacquer.load(sys.argv[1])
master, report = lacquer.master(speech, rate_hz, preset="synthesised-speech", lufs=-16, bits=16)
before, after = report["input"]["figures"], report["output"]["figures"]
print(f"{before['integrated_lufs']:.1f} LUFS became {after['integrated_lufs']:.2f} LUFS, {after['true_peak_dbtp']:.2f} dBTP")

lacquer.save("speech.mastered.wav", master, rate_hz, bits=16, overwrite=True)
lacquer.save("speech.mastered.mp3", master, rate_hz, bitrate=128, overwrite=True)

mel = lacquer.mel_spectrogram(lacquer.resample(master, rate_hz, 16000), "whisper")
print(f"mel: {mel.shape[0]} bands, {mel.shape[1]} frames")
